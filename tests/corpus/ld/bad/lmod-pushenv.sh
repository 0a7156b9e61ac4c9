# ENV107: pushenv in Lua
printf '%s\n' 'pushenv("LD_LIBRARY_PATH", "/opt/abinit/lib")' > /opt/modulefiles/abinit/9.lua
