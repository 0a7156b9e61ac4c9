# libtool shlibpath var
sed -i -e 's|^runpath_var=LD_RUN_PATH|runpath_var=DIE_RPATH_DIE|' libtool
grep -q '^shlibpath_var=LD_LIBRARY_PATH$' libtool
lt_cv_sys_lib_dlsearch_path_spec=/usr/lib shlibpath_var=LD_LIBRARY_PATH ./configure
