# ENV103: tmux bash c
nohup bash -c 'LD_LIBRARY_PATH=/opt/x/lib ./server' >/dev/null 2>&1 &
