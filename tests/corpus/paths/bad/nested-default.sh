# PTH202@2: defaults in defaults
./configure --prefix="${PREFIX:-${BASE:-/global}/x}"
