# PTH202@2: in a while loop
while read -r f; do install -m644 "$f" /scratch/conf/; done < list
