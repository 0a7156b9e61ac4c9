# quiet: git's own settings for the build
git config --global user.email "home@example.org"
git commit -m "install to /home/tool with --prefix=/home/tool"
