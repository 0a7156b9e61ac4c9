# quiet: a package manager's own root
dnf -y --installroot=/opt/root --releasever=9 install bash
