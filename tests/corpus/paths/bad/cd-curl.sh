# PTH202@2: cd and a relative name
cd /home/data && curl -fsSLO https://data.example.org/eta.dat
