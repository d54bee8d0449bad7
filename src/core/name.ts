/** What a plugin, and so its folder, may be called. */
export const PLUGIN_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** What to say of any other name. */
export const NOT_A_PLUGIN_NAME =
  "not a plugin name: lower-case letters, digits, - and _ only, a letter or digit first";
