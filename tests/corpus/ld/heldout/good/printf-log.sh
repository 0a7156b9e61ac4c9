# a log line
printf 'LD_LIBRARY_PATH=%s\n' "${LD_LIBRARY_PATH:-none}" | tee -a build.log
