# quiet: an option of another kind
cmake -DPREFIX_LABEL=/home-label -DCMAKE_INSTALL_PREFIX:PATH=/opt/x -DDOC_TEXT="goes to /home" ..
git format-patch --prefix /home
