# ENV107: EasyBuild's Tcl
cat > /apps/modules/all/GCC/12.3.0 <<'EOF'
#%Module
proc ModulesHelp { } {
    puts stderr {GNU compilers}
}
set root /apps/software/GCC/12.3.0
prepend-path	LD_LIBRARY_PATH		$root/lib64
prepend-path	PATH		$root/bin
EOF
