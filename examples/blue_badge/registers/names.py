"""Names for made-up people: from many places, some awkward on purpose."""

# ruff: noqa: SIM905 - a block of words is easier to read and to extend than a hundred quoted strings

GIVEN_NAMES = tuple(
    """
    Oliver Amelia Noah Isla George Ava Arthur Mia Muhammad Lily Leo Florence Harry Freya Oscar Ivy
    Archie Grace Jack Willow Henry Elsie Charlie Evie Freddie Rosie Theodore Poppy Alfie Daisy Thomas
    Sienna Finley Maya Adam Fatima Omar Aisha Ibrahim Zainab Yusuf Maryam Arjun Priya Rohan Ananya Kwame
    Ama Kofi Chidinma Emeka Ngozi Dafydd Cerys Owain Angharad Rhys Siân Gethin Nerys Hamish Eilidh
    Callum Morag Ruaridh Mairi Seán Niamh Ciarán Róisín Pádraig Aoife Jürgen Zoë Chloé François Łukasz
    Agnieszka Mateusz Małgorzata Ștefan Ioana Olena Андрій Marta João Beatriz Wei Mei 小明 Hoa Thị Đức
    Aylin Emre Oluwaseun Abimbola D’Arcy Mary-Jane Anne-Marie
    """.split()
)
FAMILY_NAMES = tuple(
    """
    Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker
    White Roberts Green Hall Wood Jackson Clarke Khan Hughes Edwards Turner Lewis Singh Ahmed Hussain
    Begum Ali Shah Kaur Malik Chowdhury Okafor Adeyemi Mensah Boateng Osei Campbell MacDonald McKenzie
    Stewart Fraser Sinclair O’Neill O’Brien D’Souza O'Connor Byrne Murphy Kelly Walsh Nowak Kowalska
    Wiśniewski Popescu Șerban García Fernández Müller Groß Jørgensen Åkesson Dvořák Horváth Шевченко
    Іваненко Nguyễn Trần Lê Wang 李 Chen Lee Smith-Jones Lloyd-Davies Fitz-Gerald Rhys-Williams
    Mac-Cárthaigh Öztürk Yılmaz Papadopoulos Cohen Rosenberg
    """.split()
)
