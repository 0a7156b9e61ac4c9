# PTH202@2: tee at the end of a pipe
echo 'export TOOL=/opt/tool' | tee -a /home/profile.sh >/dev/null
