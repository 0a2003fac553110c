"""What a reader can touch: the computing behind explorers and on-page exercises, for pages and notebooks alike."""
