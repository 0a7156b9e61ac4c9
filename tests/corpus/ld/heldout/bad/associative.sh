# ENV102: variables in a table
declare -A vars=(
  [PATH]=/opt/amber/bin
  [LD_LIBRARY_PATH]=/opt/amber/lib
  [PYTHONPATH]=/opt/amber/lib/python3
)
for key in "${!vars[@]}"; do
  export "$key"="${vars[$key]}"
done
./configure gnu
