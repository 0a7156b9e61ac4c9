# PTH202@2: pip install -t
python3 -m pip install --no-cache-dir -t /scratch/pylib numpy==1.26.4
