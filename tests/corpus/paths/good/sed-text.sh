# quiet: text with such paths, elsewhere
sed -i 's#/home/build#/opt/build#g' /opt/x/etc/x.conf
sed -i 's|^prefix=.*|prefix=/opt/x|' /opt/x/lib/pkgconfig/x.pc
grep -rl /home/build /opt/x | xargs -r sed -i 's#/home/build#/opt/x#'
