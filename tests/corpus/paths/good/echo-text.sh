# quiet: text that is only printed
echo "install it with ./configure --prefix=/home/you/tool"
echo 'cp -r x /home/tool' >&2
printf 'Usage: make PREFIX=/scratch/x install\n'
