"""What an image can stand on: a Debian or Ubuntu archive, an image, a tree of files, or another recipe's image."""
