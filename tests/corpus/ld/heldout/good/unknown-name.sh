# a name that only running would tell
name=$(cat /src/varname)
export "$name=/opt/x/lib"
