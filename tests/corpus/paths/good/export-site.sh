# quiet: variables that name the site's data
export TOOL_DATA=/global/common/tool
echo 'export TOOL_DATA=/global/common/tool' > /etc/profile.d/tool.sh
