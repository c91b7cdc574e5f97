/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/completion.h"
#include "cli/text.h"

/* `=` stands among bash's word breaks: "--policy=s" comes in three words, and
 * of the answer it wants what is behind it. */
static const char bash[] =
    "# bash: . <(signet completion bash), or in\n"
    "# /usr/share/bash-completion/completions/signet\n"
    "_signet() {\n"
    "\tlocal word line joined=0 IFS=$'\\n'\n"
    "\tlocal -a words=() answer=()\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
    "\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD}\"; do\n"
    "\t\tif [[ $word == = && ${#words[@]} -gt 0 ]]; then\n"
    "\t\t\twords[-1]+==\n"
    "\t\t\tjoined=1\n"
    "\t\telif [[ $joined == 1 && ${words[-1]} == --*= ]]; then\n"
    "\t\t\twords[-1]+=$word\n"
    "\t\t\tjoined=0\n"
    "\t\telse\n"
    "\t\t\twords+=(\"$word\")\n"
    "\t\t\tjoined=0\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t[[ $cur != = ]] || cur=\n"
    "\tCOMPREPLY=()\n"
    "\tmapfile -t answer < <(\"${COMP_WORDS[0]}\" completion words -- \\\n"
    "\t    \"${words[@]}\" 2>/dev/null)\n"
    "\tfor line in \"${answer[@]}\"; do\n"
    "\t\tcase $line in\n"
    "\t\t/files)\n"
    "\t\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\t\tCOMPREPLY+=($(compgen -f -- \"$cur\")) ;;\n"
    "\t\t/folders)\n"
    "\t\t\tcompopt -o filenames 2>/dev/null\n"
    "\t\t\tCOMPREPLY+=($(compgen -d -- \"$cur\")) ;;\n"
    "\t\t*)\n"
    "\t\t\tline=${line%%$'\\t'*}\n"
    "\t\t\t[[ $line != --*=* ]] || line=${line#*=}\n"
    "\t\t\t[[ $line != *: ]] || compopt -o nospace 2>/dev/null\n"
    "\t\t\tCOMPREPLY+=(\"$line\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "}\n"
    "complete -F _signet signet\n";

static const char zsh[] =
    "#compdef signet\n"
    "# zsh: signet completion zsh >_signet, in a folder of $fpath; or\n"
    "# source <(signet completion zsh) behind compinit\n"
    "_signet() {\n"
    "\tlocal line tab=$'\\t' word about\n"
    "\tlocal -a answer shown plain open\n"
    "\tanswer=(\"${(@f)$(${words[1]} completion words -- \\\n"
    "\t    \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\")\n"
    "\tfor line in $answer; do\n"
    "\t\tcase $line in\n"
    "\t\t/files) _files ;;\n"
    "\t\t/folders) _files -/ ;;\n"
    "\t\t*)\n"
    "\t\t\tword=${line%%$tab*} about=${line#*$tab}\n"
    "\t\t\tif [[ $word == *: ]]; then\n"
    "\t\t\t\topen+=(\"$word\")\n"
    "\t\t\telif [[ $line == *$tab* ]]; then\n"
    "\t\t\t\tshown+=(\"${word//:/\\\\:}:$about\")\n"
    "\t\t\telse\n"
    "\t\t\t\tplain+=(\"$word\")\n"
    "\t\t\tfi ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\t(( $#shown )) && _describe signet shown\n"
    "\t(( $#plain )) && compadd -a plain\n"
    "\t(( $#open )) && compadd -S '' -a open\n"
    "\treturn 0\n"
    "}\n"
    "if [[ $funcstack[1] == _signet ]]; then\n"
    "\t_signet \"$@\"\n"
    "else\n"
    "\tcompdef _signet signet\n"
    "fi\n";

static const char fish[] =
    "# fish: signet completion fish | source, or in\n"
    "# ~/.config/fish/completions/signet.fish\n"
    "function __signet_words\n"
    "\tset -l words (commandline -opc) (commandline -ct)\n"
    "\tset -l program $words[1]\n"
    "\tset -l word (string replace -r '^--[^=]*=' '' -- $words[-1])\n"
    "\tset -l front (string match -r '^--[^=]*=' -- $words[-1]; or echo '')\n"
    "\tset -e words[1]\n"
    "\tfor line in ($program completion words -- $words 2>/dev/null)\n"
    "\t\tswitch $line\n"
    "\t\t\tcase /files\n"
    "\t\t\t\tstring join \\n -- $front(__fish_complete_path $word)\n"
    "\t\t\tcase /folders\n"
    "\t\t\t\tstring join \\n -- $front(__fish_complete_directories "
    "$word)\n"
    "\t\t\tcase '*'\n"
    "\t\t\t\tprintf '%s\\n' $line\n"
    "\t\tend\n"
    "\tend\n"
    "end\n"
    "complete -c signet -f -a '(__signet_words)'\n";

enum ca_status
completion_script(const char *shell, struct ca_error *err)
{
	static const struct {
		const char *shell, *script;
	} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	struct text out = {0};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strcmp(shell, scripts[i].shell) == 0) {
			text_add(&out, "%s", scripts[i].script);
			return text_print(&out, err);
		}
	return ca_fail(err, CA_USAGE,
	    "completion %.40s: no such shell is known: bash, zsh or fish",
	    shell);
}
