# ENV104: wrf csh login
cat >> /root/.cshrc <<'EOF'
if ( $?LD_LIBRARY_PATH ) then
  setenv LD_LIBRARY_PATH /opt/netcdf/lib:${LD_LIBRARY_PATH}
else
  setenv LD_LIBRARY_PATH /opt/netcdf/lib
endif
EOF
