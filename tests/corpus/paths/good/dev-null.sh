# quiet: devices
make install >/dev/null 2>&1
echo hi > /dev/stderr
tee /dev/null < x
cat x > /dev/tty
dd if=x of=/dev/null
