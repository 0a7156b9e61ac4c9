# PTH202@2: sed -i at a place in a mount
install -D x.conf /home/x/x.conf
sed -i s/a/b/ /home/x/x.conf
