# capture.zsh SCRIPT LINE: prints what zsh offers when Tab is pressed at the end of LINE. A zsh on a pseudo-terminal completes
# as it does for a person; its compadd also writes down what it was given.
zmodload zsh/zpty
out=$(mktemp)
zpty z zsh -f -i
# More than LISTMAX (100) matches, and zsh asks whether to show them all: nobody is there to answer.
zpty -w z "stty -echo; PROMPT='' LISTMAX=10000 SOURCE=${(q)1} OUT=${(q)out}"
zpty -w z 'autoload -Uz compinit; compinit -D -u; source $SOURCE; zstyle ":completion:*" menu no'
zpty -w z 'compadd() { if [[ ${@[1,(i)(-|--)]} == *-[OAD]* ]]; then builtin compadd "$@"; return; fi; local -a got; builtin compadd -O got "$@"; print -rl -- $got >>$OUT; builtin compadd "$@" }'
zpty -w z 'tell() { zle complete-word; exit }; zle -N tell; bindkey "^I" tell; print -r READY$((1+1))'
while zpty -r z line && [[ $line != *READY2* ]]; do :; done
zpty -w -n z "$2"$'\t'
while zpty -r z line; do :; done
zpty -d z
sort -u $out
rm $out
