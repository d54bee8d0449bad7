import { mutate, type MutatedFile } from "./mutant.ts";

/** Commands that write what the owner then keeps. */
export const SEAT: readonly MutatedFile[] = [
  mutate(
    "document/yaml_insert.ts",
    ["tests/document/yaml_insert_test.ts"],
    [
      "JSON.stringify(valueOf(proposed)) === JSON.stringify(wanted)",
      "true",
      "new changes the meaning of another entry, or breaks the config",
    ],
    ['text.includes("\\r\\n") ? "\\r\\n" : "\\n"', '"\\n"', "new mixes line ends in the config"],
    ["if (depth >= indent) end = next;", "if (depth > indent) end = next;", "new splits an entry"],
    [
      'line[depth] !== "#") break;',
      "true) break;",
      "new takes a comment for the end of the plugins",
    ],
    ["return [end, at];", "return [end];", "new finds no place after a text with blank lines"],
    ["columnOf(text, inner.items[0])", "2", "new breaks a config with another indentation"],
    ['isAtLine ? "" : eol', '""', "new breaks a config without a line end at its end"],
    ['[["", ...lines], lines]', '[["", ...lines]]', "new finds no place after a text at the end"],
  ),
  mutate(
    "document/replace_file.ts",
    ["tests/document/replace_file_test.ts"],
    ["Deno.realPathSync(path)", "path", "new replaces a link by a file"],
    ["if (mode !== null)", "if (false)", "the config has another mode after new"],
    [
      "if (made.uid !== uid || made.gid !== gid)",
      "if (false)",
      "a gateway cannot read its config after root has added a plugin",
    ],
    [
      "if (!isSame(Deno.readFileSync(target), before))",
      "if (false)",
      "new loses what an editor has just saved",
    ],
    ["removeIfThere(temporary);", "", "a failed new leaves a copy of the config behind"],
  ),
  mutate(
    "operator/create_files.ts",
    ["tests/operator/create_files_test.ts", "tests/operator/init_test.ts"],
    ["if (inTheWay.length > 0)", "if (false)", "init does not say all that is in its way"],
    ["createNew: true", "create: true", "init overwrites a file that appears meanwhile"],
    ["isExecutable ? 0o755 : 0o644", "0o644", "a new plugin is not executable"],
    [
      "  } catch (error) {\n    undo();",
      "  } catch (error) {",
      "an init that fails leaves half of its files behind",
    ],
  ),
  mutate(
    "operator/new_plugin.ts",
    ["tests/operator/new_plugin_test.ts"],
    ["if (entries.includes(name))", "if (false)", "new does not say that the entry exists"],
    ["if (lstatIfThere(folder) !== undefined)", "if (false)", "new writes into a plugin's folder"],
    ["created.undo();", "", "new leaves a folder without an entry"],
    ["hasMark ?", "false ?", "new takes the byte order mark away"],
    ["isAdded ? planEntry", "true ? planEntry", "new --no-config changes the config"],
  ),
  mutate(
    "operator/plugin_folder.ts",
    ["tests/operator/command_test.ts"],
    ["if (isFolder(folder)) return folder;", "return folder;", "check-plugin takes any name"],
  ),
  mutate(
    "plugin/environment.ts",
    ["tests/plugin/environment_test.ts"],
    ["[...folders, last]", "[last, ...folders]", "a plugin runs another deno than its owner's"],
    ["folders.includes(last)", "false", "the PATH of a plugin grows"],
  ),
];
