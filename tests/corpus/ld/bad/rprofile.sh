# ENV104: rprofile
cat >> /usr/lib/R/etc/Rprofile.site <<'EOF'
Sys.setenv(LD_LIBRARY_PATH = paste("/opt/x/lib", Sys.getenv("LD_LIBRARY_PATH"), sep = ":"))
EOF
