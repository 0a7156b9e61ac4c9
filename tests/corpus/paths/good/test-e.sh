# quiet: asked, not made
test -e /home/x || exit 1
[ -d /scratch/data ] && echo there
if [[ ! -f /global/x ]]; then echo none; fi
