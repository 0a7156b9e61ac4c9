# ENV107: a module file in Lua
mkdir -p /opt/easybuild/modules/all/HDF5
cat > /opt/easybuild/modules/all/HDF5/1.14.lua <<'EOF'
help([[HDF5]])
local root = "/opt/easybuild/software/HDF5/1.14"
conflict("HDF5")
prepend_path("CMAKE_PREFIX_PATH", root)
prepend_path("LD_LIBRARY_PATH", pathJoin(root, "lib"))
setenv("EBROOTHDF5", root)
EOF
