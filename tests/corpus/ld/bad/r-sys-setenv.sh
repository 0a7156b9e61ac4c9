# ENV104: R's profile
echo 'Sys.setenv(LD_LIBRARY_PATH = "/opt/jags/lib")' >> /usr/lib/R/etc/Rprofile.site
