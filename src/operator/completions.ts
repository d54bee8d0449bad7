import type { ExitCode } from "../base/exit_code.ts";
import { print } from "./print.ts";
import type { Shell } from "./shell.ts";

/** For each shell, a script that asks the program; if that proposes nothing, it offers files. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_senechal_gw() {
  mapfile -t COMPREPLY < <("\${COMP_WORDS[0]}" complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _senechal_gw senechal-gw`,
  zsh: `#compdef senechal-gw
_senechal_gw() {
  local -a proposed
  proposed=(\${(f)"$("\${words[1]}" complete "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#proposed} )); then compadd -- "\${proposed[@]}"; else _files; fi
}
compdef _senechal_gw senechal-gw`,
  fish: `function __senechal_gw
  set -l words (commandline -opc) (commandline -ct)
  set -l proposed ($words[1] complete $words[2..-1] 2>/dev/null)
  if set -q proposed[1]
    printf '%s\\n' $proposed
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c senechal-gw -f -a '(__senechal_gw)'`,
};

/** Prints the script for a shell. */
export function printCompletions(shell: Shell): ExitCode {
  return print(SCRIPTS[shell]);
}
