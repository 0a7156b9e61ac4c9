# PTH202@2 PTH202@3: curl -o and --output-dir
curl -fsSL -o /home/data/eta.dat https://data.example.org/eta.dat
curl -fsSL --output-dir /scratch/data -O https://data.example.org/theta.dat
