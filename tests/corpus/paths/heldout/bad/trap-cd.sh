# PTH202@4: set -e and cd with ||
set -euo pipefail
cd /scratch/models || exit 1
wget -nv https://models.example.org/w.bin
