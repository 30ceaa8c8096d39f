"""public/bookings/cancel"""
