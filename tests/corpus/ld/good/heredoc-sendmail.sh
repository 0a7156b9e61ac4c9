# heredoc sendmail
cat <<EOF | sendmail -t
Subject: LD_LIBRARY_PATH=/opt/x/lib is gone
EOF
