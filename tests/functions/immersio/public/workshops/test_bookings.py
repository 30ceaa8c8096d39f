"""public/workshops/bookings"""
