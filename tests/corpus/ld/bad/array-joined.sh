# ENV103: array joined
dirs=(/opt/a/lib /opt/b/lib)
LD_LIBRARY_PATH=$(IFS=:; echo "${dirs[*]}") ./t
