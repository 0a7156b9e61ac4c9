# quiet: a user for the build
useradd -r -s /sbin/nologin munge
groupadd -g 900 spack
