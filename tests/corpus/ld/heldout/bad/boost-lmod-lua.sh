# ENV107: Boost, lmod lua
cat <<'EOF' > /opt/apps/modulefiles/boost/1.84.lua
help([[Boost]])
local base = "/opt/boost/1.84"
prepend_path("LD_LIBRARY_PATH", pathJoin(base, "lib"))
EOF
