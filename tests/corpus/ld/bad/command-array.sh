# ENV103: command array
cmd=(env LD_LIBRARY_PATH=/opt/x/lib ./x)
"${cmd[@]}" --check
