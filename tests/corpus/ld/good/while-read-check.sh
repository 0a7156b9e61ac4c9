# while read check
while IFS='=' read -r name value; do
    [ "$name" = LD_LIBRARY_PATH ] && { echo "LD_LIBRARY_PATH=$value is set" >&2; exit 1; }
done < <(env)
true
