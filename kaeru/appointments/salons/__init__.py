"""What a salon is: services with their stages, people and chairs, skills, shifts, breaks and days off."""
