# ENV104: OpenHPC, dd environment
echo 'LD_LIBRARY_PATH="/opt/ohpc/lib"' | sudo dd of=/etc/environment oflag=append conv=notrunc
