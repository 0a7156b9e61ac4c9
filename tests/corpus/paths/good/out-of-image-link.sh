# quiet: links that lead to the site's file systems
ln -s /global/common/data /opt/tool/data
ln -sfn /scratch /opt/tool/scratch
ln -s /tmp /opt/tool/tmp
