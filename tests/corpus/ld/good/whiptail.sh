# whiptail
whiptail --msgbox "export LD_LIBRARY_PATH=/opt/x/lib" 8 60
zenity --info --text="set LD_LIBRARY_PATH=/opt/x/lib by hand"
