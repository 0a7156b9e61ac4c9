# an assertion on files
if grep -rqE '^\s*export LD_LIBRARY_PATH=' /etc/profile.d /etc/bash.bashrc; then
  echo "LD_LIBRARY_PATH=... found in a profile" >&2
  exit 1
fi
