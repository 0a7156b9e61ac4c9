# PTH202@2: several files into one
cat a.conf b.conf >> "/global/etc/all.conf"
