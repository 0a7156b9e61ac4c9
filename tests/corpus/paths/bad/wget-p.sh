# PTH202@2: wget -P
wget -q -P /global/data https://data.example.org/eta.dat
