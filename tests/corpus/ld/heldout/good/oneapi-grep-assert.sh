# oneAPI, grep assert
if grep -rq 'export LD_LIBRARY_PATH=' /etc/profile.d; then
    echo 'somebody wrote export LD_LIBRARY_PATH= into /etc/profile.d' >&2
    exit 1
fi
