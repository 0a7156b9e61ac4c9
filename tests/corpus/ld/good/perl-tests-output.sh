# perl tests output
perl -ne 'print "$ARGV: LD_LIBRARY_PATH=$1\n" if /LD_LIBRARY_PATH=(\S+)/' /etc/profile.d/*.sh
