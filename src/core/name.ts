/** Valid names of a plugin, and so of its folder. */
export const PLUGIN_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** What is wrong with any other name. */
export const NOT_A_PLUGIN_NAME =
  "not a plugin name: lower-case letters, digits, - and _ only, a letter or digit first";
