# ENV102: while read ifs
while IFS='=' read -r key value; do
    export "$key"="$value"
done <<< 'LD_LIBRARY_PATH=/opt/x/lib'
