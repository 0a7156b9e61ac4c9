# PTH203@2: hosts as a relative name
cd /etc && echo "10.0.0.1 lic" >> hosts
