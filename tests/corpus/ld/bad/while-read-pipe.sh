# ENV103: while read pipe
printf '%s\n' LD_LIBRARY_PATH=/opt/x/lib | while read -r setting; do env "$setting" ./x; done
