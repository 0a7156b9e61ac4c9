# Lua takes it away
echo 'remove_path("LD_LIBRARY_PATH", "/opt/x/lib")' > /opt/modulefiles/x.lua
